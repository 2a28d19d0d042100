"""What computing rests on: aligned arrays, the matrix library, and a few threads."""
