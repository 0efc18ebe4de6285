import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { FleetShapes } from './fleet-shapes.js';
import { ImageCatalogue } from './image-catalogue.js';
import { ImagesController } from './images.controller.js';
import { GetImageHandler, ListImagesHandler } from './read-images.handlers.js';
import { RegisterImageHandler } from './register-image.handler.js';
import { RevokeImageHandler } from './revoke-image.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [ImagesController],
  providers: [
    ListImagesHandler,
    GetImageHandler,
    RegisterImageHandler,
    RevokeImageHandler,
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
