-- Released mail goes when its time is over; what was deleted or expired is remembered for a while longer.

CREATE INDEX junk_released ON junk (expires_at) WHERE state = 3;
CREATE INDEX junk_gone ON junk (moved_at) WHERE state IN (4, 5);
