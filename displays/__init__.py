"""Everything people look at: the live hub, boards, citizen, kiosk and staff pages."""
