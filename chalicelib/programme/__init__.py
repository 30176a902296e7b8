"""What a programme is: the schema of programme.yaml, its loader and its lint."""
