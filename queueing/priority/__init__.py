"""Priority classes of a hall: named by its manager, chosen with a ticket, shown to holder and clerk alone."""
