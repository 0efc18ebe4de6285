import type { SimulatedFleet } from '@bulkhead/hypervisor/simulated';
import type { FastifyInstance } from 'fastify';
import {
  fenceBody,
  hostParams,
  leaseBody,
  propertiesParams,
  provisionBody,
  systemParams,
  templateBody,
  templateParams,
} from './schemas.js';

/** One route for each method of the driver. What changes something answers 204 when it is accepted. */
export function hostRoutes(app: FastifyInstance, fleet: SimulatedFleet): void {
  const host = '/v1/hosts/:hostId';
  app.post(`${host}/provision`, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    const body = provisionBody.refine((given) => given.host.hostId === hostId, {
      path: ['host', 'hostId'],
      message: 'must be the host of the path',
    });
    const { host: spec, fence } = body.parse(request.body);
    fleet.provision(spec, fence);
    reply.code(204).send();
  });
  app.post(`${host}/reboot`, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    fleet.host(hostId).reboot(fenceBody.parse(request.body).fence);
    reply.code(204).send();
  });
  app.post(`${host}/lease`, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    const { bootId, fence, ttlMs } = leaseBody.parse(request.body);
    fleet.host(hostId).renewLease(bootId, fence, ttlMs);
    reply.code(204).send();
  });
  app.get(`${host}/fingerprint`, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    reply.send(fleet.host(hostId).fingerprint());
  });
  app.get(`${host}/usage`, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    reply.send(fleet.host(hostId).usage());
  });
  computeSystemRoutes(app, fleet, `${host}/compute-systems`);
  templateRoutes(app, fleet, `${host}/templates`);
}

function templateRoutes(app: FastifyInstance, fleet: SimulatedFleet, path: string): void {
  app.get(path, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    reply.send(fleet.host(hostId).templates.list());
  });
  app.post(path, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    const { template, fence } = templateBody.parse(request.body);
    fleet.host(hostId).templates.save(template, fence);
    reply.code(204).send();
  });
  app.post(`${path}/:templateId/retire`, (request, reply) => {
    const { hostId, templateId } = templateParams.parse(request.params);
    fleet.host(hostId).templates.retire(templateId, fenceBody.parse(request.body).fence);
    reply.code(204).send();
  });
}

function computeSystemRoutes(app: FastifyInstance, fleet: SimulatedFleet, path: string): void {
  app.get(path, (request, reply) => {
    const { hostId } = hostParams.parse(request.params);
    reply.send(fleet.host(hostId).list());
  });
  app.get(`${path}/:id`, (request, reply) => {
    const { hostId, id } = systemParams.parse(request.params);
    reply.send(fleet.host(hostId).inspect(id));
  });
  app.get(`${path}/:id/properties`, (request, reply) => {
    const { hostId, id } = propertiesParams.parse(request.params);
    reply.send(fleet.host(hostId).properties(id));
  });
}
