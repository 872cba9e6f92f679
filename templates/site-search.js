"use strict";
(function () {
  var form = document.getElementById("search");
  var input = document.getElementById("words");
  var box = document.getElementById("found");
  var count = document.getElementById("count");
  var entries = document.getElementById("entries");
  var index = form.dataset.index;
  var loading = null;
  var shown = 8;

  function folded(text) {
    return text.toLowerCase().replace(/ß/g, "ss").normalize("NFD").replace(/\p{M}/gu, "");
  }

  function wordsOf(text) {
    return folded(text).match(/[\p{L}\p{N}_]+/gu) || [];
  }

  // How well a word that was typed fits one of an article: the same, its beginning, or the same stem.
  function fit(typed, word) {
    if (word === typed) return 1;
    if (typed.length > 1 && word.startsWith(typed)) return 0.8;
    var stem = Math.max(4, Math.min(typed.length, word.length) - 3);
    if (typed.length > 4 && word.length > 4 && word.slice(0, stem) === typed.slice(0, stem) &&
        Math.abs(typed.length - word.length) < 4) return 0.5;
    return typed.length > 4 && isSlip(typed, word) ? 0.4 : 0;
  }

  // Whether one letter is another, too many, missing, or in the place of its neighbour.
  function isSlip(typed, word) {
    if (Math.abs(typed.length - word.length) > 1) return false;
    var at = 0;
    while (at < typed.length && typed[at] === word[at]) at += 1;
    return typed.slice(at + 1) === word.slice(at + 1) || typed.slice(at + 1) === word.slice(at) ||
      typed.slice(at) === word.slice(at + 1) ||
      (typed[at] === word[at + 1] && typed[at + 1] === word[at] && typed.slice(at + 2) === word.slice(at + 2));
  }

  var weights = [8, 6, 4, 1];

  function scores(articles, typed) {
    var fits = typed.map(function (word) {
      return articles.map(function (article) {
        return Math.max.apply(null, weights.map(function (weight, field) {
          var best = 0;
          article.words[field].forEach(function (one) { best = Math.max(best, fit(word, one)); });
          return weight * best;
        }));
      });
    });
    return articles.map(function (article, place) {
      var sum = 0;
      fits.forEach(function (fitting) {
        var known = fitting.filter(Boolean).length;
        sum += fitting[place] * Math.log(1 + articles.length / Math.max(1, known));
      });
      return { article: article, score: sum };
    });
  }

  function search(articles, text) {
    var typed = Array.from(new Set(wordsOf(text))).slice(0, 16);
    var ranked = scores(articles, typed).filter(function (one) { return one.score > 0; });
    ranked.sort(function (a, b) { return b.score - a.score; });
    return ranked.filter(function (one) { return one.score >= ranked[0].score / 4; }).slice(0, shown);
  }

  function show(articles) {
    var text = input.value.trim();
    box.hidden = !text;
    if (!text) return;
    var found = search(articles, text);
    count.textContent = found.length ? form.dataset.found.replace("{number}", String(found.length))
      : form.dataset.nothing.replace("{words}", text);
    entries.replaceChildren.apply(entries, found.map(function (one) {
      var item = document.createElement("li");
      var link = document.createElement("a");
      var more = document.createElement("small");
      link.href = one.article.address;
      link.textContent = one.article.title;
      more.textContent = one.article.elsewhere ? form.dataset.elsewhere.replace("{site}", one.article.elsewhere)
        : one.article.description;
      if (more.textContent) link.append(more);
      item.append(link);
      return item;
    }));
  }

  // The index is loaded when somebody is about to search.
  function load() {
    loading = loading || new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = index;
      script.onload = function () {
        done(window.helpArticles.map(function (row) {
          return {
            address: new URL(row[0], script.src).href,
            title: row[1],
            description: row[3],
            elsewhere: row[4],
            words: row.slice(5).map(function (words) { return words.split(" "); })
          };
        }));
      };
      script.onerror = failed;
      document.head.append(script);
    });
    return loading;
  }

  function run() {
    load().then(show, function () { loading = null; });
  }

  input.addEventListener("focus", load);
  input.addEventListener("input", run);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    run();
  });
  form.hidden = false;
  var asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    input.value = asked;
    run();
  }
})();
