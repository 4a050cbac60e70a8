"""What the scripts share, which lie beside this folder and bear the names of their rules."""
