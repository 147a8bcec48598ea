"""A picture with the hosted API's own client: pip install getimg, and in another terminal npm run serve -- --port 8787"""

import os
import urllib.request

from getimg import GetimgAI

base = os.environ.get("TESSERA_URL", "http://127.0.0.1:8787")
client = GetimgAI(base_url=base, api_key="sk_anything")

answer = client.images.generate(model="seedream-4-5", prompt="a red apple on a blue background", output_format="png")
picture = answer.data[0]
urllib.request.urlretrieve(picture.url, "apple.png")
print(picture.width, picture.height, answer.usage.total_cost)
