"""Questions for the APIs of Amazon RDS, Aurora, Performance Insights and CloudWatch."""
