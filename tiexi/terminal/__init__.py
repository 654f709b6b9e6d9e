"""What a person sees on the terminal: Chinese help and errors, tables, options that several commands share."""
