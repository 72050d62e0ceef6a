"""Control the quality of series: tests by column, QARTOD flags, findings and a summary."""
