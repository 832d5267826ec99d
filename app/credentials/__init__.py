"""The seat's secrets and what is made of them: vaults, the device's key, PINs, clock and ids."""
