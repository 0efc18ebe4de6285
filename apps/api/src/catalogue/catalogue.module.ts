import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { CatalogueController } from './catalogue.controller.js';
import {
  GetCurrentPolicyHandler,
  ListImagesHandler,
  ListRulesHandler,
} from './catalogue.queries.js';
import { FleetShapes } from './fleet-shapes.js';
import { ImageCatalogue } from './image-catalogue.js';

@Module({
  imports: [CqrsModule],
  controllers: [CatalogueController],
  providers: [
    ListImagesHandler,
    GetCurrentPolicyHandler,
    ListRulesHandler,
    {
      provide: FleetShapes,
      useFactory: (...args: ConstructorParameters<typeof FleetShapes>) => new FleetShapes(...args),
      inject: [EVENT_LOG, CLOCK],
    },
    {
      provide: ImageCatalogue,
      useFactory: (...args: ConstructorParameters<typeof ImageCatalogue>) =>
        new ImageCatalogue(...args),
      inject: [EVENT_LOG, CLOCK],
    },
  ],
  exports: [FleetShapes],
})
export class CatalogueModule {}
