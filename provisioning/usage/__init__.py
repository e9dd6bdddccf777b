"""Hours and money: ledger, measures, reports and the overview. Changes no server."""
