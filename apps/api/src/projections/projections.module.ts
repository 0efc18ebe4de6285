import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProjectionsController } from './projections.controller.js';
import { ListProjectionsHandler } from './read-projections.handler.js';
import { RequestRebuildHandler } from './request-rebuild.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [ProjectionsController],
  providers: [ListProjectionsHandler, RequestRebuildHandler],
})
export class ProjectionsModule {}
