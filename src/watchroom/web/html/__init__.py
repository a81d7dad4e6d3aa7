"""What every page is made of: templates and their models, words, icons, Markdown, files."""
