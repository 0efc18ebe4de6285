import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  readonly path: RegExp;
  readonly url: string;
  readonly methods: Set<string>;
}

/** Which methods each path takes, so that a wrong method is told from an unknown path. */
export class RouteTable {
  private readonly routes = new Map<string, KnownRoute>();

  /** Must come before the first route is added. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const known = this.routes.get(url) ?? { url, path: pattern(url), methods: new Set<string>() };
      this.routes.set(url, known);
      for (const name of [method].flat()) known.methods.add(name);
    });
  }

  methodsOf(path: string): readonly string[] {
    const known = [...this.routes.values()].filter((route) => route.path.test(path));
    return [...new Set(known.flatMap(({ methods }) => [...methods]))].sort();
  }

  /** Every route as `METHOD /path/:parameter`. */
  all(): readonly string[] {
    return [...this.routes.values()]
      .flatMap(({ url, methods }) => [...methods].map((method) => `${method} ${url}`))
      .sort();
  }
}

function pattern(url: string): RegExp {
  const literal = url.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`);
}
