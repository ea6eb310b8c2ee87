// The texts that the x-ray begins with, two for each network, which has not been trained on them. Those of Wikipedia's network
// were written for this page in Wikipedia's markup.

const EXAMPLES = {
  wikipedia: [
    [
      "A '''lighthouse''' is a [[tower]] with a light for [[ship]]s at its top. Before there were [[electric ",
      "light|electric lamps]], it was an open fire (of [[wood]] or [[coal]]). The oldest one that is well known ",
      "stood near [[Alexandria]] in [[Egypt]].<ref>{{cite web|url=http://www.example.org/tower|title=The ",
      "Tower}}</ref> Sailors called it \"the second moon\", and one of them wrote that \"whoever has seen it from ",
      "the [[sea]] is at home\". It was damaged by [[earthquake]]s (the last in 1323) and its stones were used for ",
      "a [[Fortification|fort]].\n\n== See also ==\n* [[Harbour]]\n* [[List of towers]]\n",
    ].join(""),
    [
      "The '''barn owl''' (''Tyto alba'') is a [[bird of prey]] of the [[family (biology)|family]] [[Tytonidae]]. ",
      "It lives on all [[continent]]s but [[Antarctica]], and hunts [[mouse|mice]] by [[hearing]] alone. In the ",
      "north of [[England]] it was \"the bird of the old stones\" and in the south \"the white lady\".<ref>{{cite ",
      "book|title=Birds of the night|year=1987}}</ref> Its nest is often in a [[church]] (or in a hollow tree). ",
      "The number of [[egg]]s depends on the number of mice; one [[ornithologist]] said that \"a good year for ",
      "mice is a good year for owls\".\n",
    ].join(""),
  ],
  shakespeare: [
    [
      "FIRST GUARD.\nCaesar hath sent,--\n\nCHARMIAN.\nToo slow a messenger.\n\n[Applies an asp.]\n\nO, come ",
      "apace, despatch: I partly feel thee.\n\nFIRST GUARD.\nApproach, ho! all's not well: Caesar's beguil'd.\n\n",
      "SECOND GUARD.\nThere's Dolabella sent from Caesar; call him.\n\nFIRST GUARD.\nWhat work is here!--Charmian, ",
      "is this well done?\n\nCHARMIAN.\nIt is well done, and fitting for a princess\nDescended of so many royal ",
      "kings.\nAh, soldier!\n\n[CHARMIAN dies.]\n\n[Re-enter DOLABELLA.]\n\nDOLABELLA.\nHow goes it here?\n",
    ].join(""),
    [
      "More than to see this ring.--Take him away.\n\n[Guards seize BERTRAM.]\n\nMy fore-past proofs, howe'er the ",
      "matter fall,\nShall tax my fears of little vanity,\nHaving vainly fear'd too little.--Away with him;--\n",
      "We'll sift this matter further.\n\nBERTRAM.\nIf you shall prove\nThis ring was ever hers, you shall as ",
      "easy\nProve that I husbanded her bed in Florence,\nWhere she yet never was.\n\n[Exit, guarded.]\n\nKING.\nI ",
      "am wrapp'd in dismal thinkings.\n\n[Enter a Gentleman.]\n",
    ].join(""),
  ],
};
