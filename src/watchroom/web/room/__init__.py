"""The page of one incident: its panels, lanes, questions and timeline."""
