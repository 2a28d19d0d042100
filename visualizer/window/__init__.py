"""The window around the view: menus, keys, files, dialogs, settings, workspaces."""
