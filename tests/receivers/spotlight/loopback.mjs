// Loaded before Spotlight: nothing listens on, or connects to, anything but this machine. Without it Spotlight listens
// on every address and reports to its makers.
import net from "node:net";

const HERE = "127.0.0.1";
const LOCAL = new Set([HERE, "localhost", "::1"]);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const host = typeof first === "object" ? first.host : second;
  if (typeof first === "object" && first.path) return connect.apply(this, given);
  if (host !== undefined && typeof host === "string" && !LOCAL.has(host)) {
    queueMicrotask(() => this.destroy(new Error(`kept from connecting to ${host}`)));
    return this;
  }
  return connect.apply(this, given);
};

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  if (typeof given[0] === "object" && given[0] !== null && "port" in given[0]) {
    given[0] = { ...given[0], host: HERE };
  } else if (typeof given[0] === "number") {
    const rest = given.slice(1).filter((argument) => typeof argument === "function");
    given = [given[0], HERE, ...rest];
  }
  return listen.apply(this, given);
};
