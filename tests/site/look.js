// What is wrong with how this page can be read: a list of texts. Run inside the page.
() => {
  const faults = [];
  const tell = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 120)}`);

  if (!document.title.trim()) faults.push("no title");
  if (!document.documentElement.lang) faults.push("no language");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  for (const image of document.images) if (!image.alt?.trim()) tell("no alt text", image);
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea")) {
    const name = element.getAttribute("aria-label") || element.title || element.textContent.trim()
      || element.placeholder || element.labels?.[0]?.textContent || element.querySelector("img")?.alt;
    if (!name) tell("no name", element);
  }
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) faults.push(`${wide} pixels wider than the window`);

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {  // whatever CSS calls it, as numbers
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const backdrop = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      layers.push(colour(getComputedStyle(each).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((x) => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(element);
    const behind = backdrop(element);
    const pair = `${style.color} on ${behind.map(Math.round)}`;
    if (seen.has(pair)) continue;
    seen.add(pair);
    const [x, y] = [luminance(over(colour(style.color), behind).slice(0, 3)), luminance(behind.slice(0, 3))];
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) tell(`contrast ${ratio.toFixed(2)}, ${pair}`, element);
  }
  return faults;
}
