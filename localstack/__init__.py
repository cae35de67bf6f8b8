"""The stack of template.yaml on this machine, with MiniStack for AWS and SecantusDB for DocumentDB."""
