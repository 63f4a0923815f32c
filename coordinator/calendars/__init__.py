"""Calendar feeds, composed line by line; icalendar reads them back in the tests."""
