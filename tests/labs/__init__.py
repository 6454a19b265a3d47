"""The laboratory pages and the actions behind them."""
