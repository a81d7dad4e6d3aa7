"""The poster: how a house runs incidents, on one sheet to hang on a wall."""
