"""What a reader takes along: beside every chapter its notebook, beside the pages the companion as a wheel."""
