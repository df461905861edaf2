-- Papers that are being written on a screen, kept until they are saved or thrown away.
CREATE TABLE form (
    id         INTEGER PRIMARY KEY,
    uuid       BLOB    NOT NULL UNIQUE CHECK (length(uuid) = 16),
    kind       TEXT    NOT NULL CHECK (kind <> ''),
    number     TEXT,
    buyer      TEXT    NOT NULL,
    content    TEXT    NOT NULL CHECK (json_valid(content)),
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;

-- A list tells at once which papers can be mailed, without reading their photos.
ALTER TABLE document ADD COLUMN buyer_email TEXT;
UPDATE document SET buyer_email = json_extract(content, '$.buyer.email');

-- Who disabled an address, as `setting.paused` names them.
ALTER TABLE disabled ADD COLUMN added_by TEXT;
