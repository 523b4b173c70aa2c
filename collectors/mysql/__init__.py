"""Questions for MySQL and MariaDB."""
