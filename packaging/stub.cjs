// Stands for modules that are never reached in the bundle (rolldown.config.js).
module.exports = {};
