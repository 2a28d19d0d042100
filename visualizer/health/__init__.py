"""The plots of the health panel."""
