"""Mail out: over SMTP, or into a folder where no mail server is configured."""
