"""The only folder that touches pip's own objects: where we hold on to pip, and what we read of it."""
