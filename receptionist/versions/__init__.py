"""What receptionists say, as customers have it: drafts, versions, labels, who approved what."""
