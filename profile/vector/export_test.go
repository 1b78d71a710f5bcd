package vector

var Keys = keys
