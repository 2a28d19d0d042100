"""How things look: colours, sizes of text, icons, pictures of arrays, painting itself."""
