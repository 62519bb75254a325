CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price TEXT NOT NULL, stock INTEGER NOT NULL);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    product INTEGER NOT NULL REFERENCES products,
    quantity INTEGER NOT NULL,
    receipt TEXT NOT NULL
);

INSERT INTO products (id, name, price, stock) VALUES
    (1, 'teapot', '34.90', 12),
    (2, 'cup', '7.50', 48),
    (3, 'saucer', '4.20', 2),
    (4, 'samovar', '219.00', 0),
    (5, 'tea strainer', '5.8O', 20), -- a letter among the digits, as it came from the supplier
    (6, 'sugar tongs', '11.00', 3);
