"""The house rules, as checks over the project's tracked files."""
