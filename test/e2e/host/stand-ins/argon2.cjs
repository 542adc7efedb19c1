/** The server loads argon2 at its start and calls it only for passwords, which the tests do without. */
exports.hash = exports.verify = () => Promise.reject(new Error('This server runs without passwords.'));
