"""What the example scripts share: options that are checked, and pictures that are saved."""
