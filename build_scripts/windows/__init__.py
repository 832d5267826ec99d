"""Windows: the setup, the MSI, their signatures, and their trial under Wine."""
