import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ChangeHostHandler } from './change-host.handler.js';
import { HostsController } from './hosts.controller.js';
import { GetHostHandler, ListHostsHandler } from './read-hosts.handlers.js';
import { RegisterHostHandler } from './register-host.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [HostsController],
  providers: [RegisterHostHandler, ChangeHostHandler, GetHostHandler, ListHostsHandler],
})
export class HostsModule {}
