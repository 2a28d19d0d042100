// One thing at a time to the server: while it works only the newest waits, so that the answer
// never lags behind the hand and the last one is always that of the last change.
const PATIENCE = 3000; // milliseconds, should an answer get lost

function paced(name) {
  let busy = false;
  let waiting = null;
  function send(data) {
    const number = (window.nnfsSent = (window.nnfsSent ?? 0) + 1);
    const result = document.querySelector("#result");
    const answered = new MutationObserver(() => {
      if (result.querySelector(`[data-number="${number}"]`)) next();
    });
    const patience = setTimeout(next, PATIENCE);
    function next() {
      answered.disconnect();
      clearTimeout(patience);
      busy = false;
      const data = waiting;
      waiting = null;
      if (data) send(data);
    }
    busy = true;
    answered.observe(result, { childList: true, subtree: true, attributes: true });
    trigger(name, { ...data, number });
  }
  return (data) => {
    if (busy) waiting = data;
    else send(data);
  };
}
