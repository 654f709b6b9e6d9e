"""Reading any workbook that somebody sent: packages, cells, sheets, rows, findings. Knows neither the database nor a sheet's meaning."""
