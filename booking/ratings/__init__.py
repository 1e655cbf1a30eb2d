"""好差评: visits are rated by those who came, bad ratings become cases, and the figures of both."""
