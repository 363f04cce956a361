"""What the scripts of bench/ share: the corpus, the filters that are measured, and the arithmetic of the figures."""
