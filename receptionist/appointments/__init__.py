"""Appointments: what can be booked, when it is free, and the calendars it is kept in."""
