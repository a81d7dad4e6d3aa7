"""The commands of the shell, a file each; `cli` loads the one that is asked for, by name."""
