"""The stack of template.yaml on this machine: MiniStack for AWS, SecantusDB for DocumentDB."""
