import sys

from tasks import photo

for id in sys.argv[1:]:
    photo.delay(id)
