"""What people see: tables, reports, curves and plots, from plain sequences."""
